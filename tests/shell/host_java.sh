# host_java - a Java program under --root /: its own threads and those of the machine, signals as exceptions, a child, memory.
. "$SRCDIR/tests/shell/lib.sh"
command -v javac >/dev/null || skip "no javac"
cat >A.java <<'Y'
import java.util.*;
import java.util.concurrent.*;
public class A {
	static int deep(int x) { return deep(x + 1) + 1; }
	public static void main(String[] args) throws Exception {
		ExecutorService e = Executors.newFixedThreadPool(8);
		List<Future<Integer>> l = new ArrayList<>();
		for (int i = 0; i < 100; i++) { final int k = i; l.add(e.submit(() -> { int s = 0; for (int j = 0; j < 50000; j++) s += j % (k + 1); return s; })); }
		long t = 0;
		for (Future<Integer> f : l) t += f.get();
		e.shutdown();
		Map<String, byte[]> m = new HashMap<>();
		for (int i = 0; i < 20000; i++) m.put("k" + i % 500, new byte[10000]);
		System.gc();
		System.out.println(t + " " + m.size());
		Process p = new ProcessBuilder("sh", "-c", "cat; exit 3").start();
		p.getOutputStream().write("through a child\n".getBytes());
		p.getOutputStream().close();
		System.out.print(new String(p.getInputStream().readAllBytes()));
		System.out.println(p.waitFor());
		try { Object o = null; o.hashCode(); } catch (NullPointerException x) { System.out.println("null"); }
		try { deep(0); } catch (StackOverflowError x) { System.out.println("deep"); }
		SynchronousQueue<Integer> q = new SynchronousQueue<>();
		new Thread(() -> { try { for (int i = 0; i < 500; i++) q.put(i); } catch (InterruptedException x) { } }).start();
		int s = 0;
		for (int i = 0; i < 500; i++) s += q.take();
		Thread.sleep(20);
		System.out.println(s);
		System.exit(6);
	}
}
Y
javac A.java
expected=$(java -cp . A 2>&1; echo "status $?")
check "a program" "$expected" "$("$KEVSIM" --root / --cwd "$PWD" --env PATH="$PATH" java -cp . A 2>&1; echo "status $?")"
finish
