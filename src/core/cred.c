/* cred.c - credentials: shared and immutable, so a change is a copy (credentials(7), capabilities(7)).
 *
 * LEAVES OUT: user namespaces, keyrings, security modules. */
#include "core/cred.h"

#include "core/kassert.h"
#include "core/kmem.h"

static KMEM_CACHE(cred_cache, cred);

struct cred *cred_create(uint32_t uid, uint32_t gid)
{
	struct cred *c = kmem_alloc(&cred_cache);

	if (!c)
		return NULL;
	c->refs = 1;
	c->uid = uid;
	c->euid = uid;
	c->suid = uid;
	c->fsuid = uid;
	c->gid = gid;
	c->egid = gid;
	c->sgid = gid;
	c->fsgid = gid;
	c->cap_bounding = CAP_FULL_SET;
	if (uid == 0) {
		c->cap_permitted = CAP_FULL_SET;
		c->cap_effective = CAP_FULL_SET;
	}
	return c;
}

struct cred *cred_copy(const struct cred *old)
{
	struct cred *c = kmem_alloc(&cred_cache);

	if (!c)
		return NULL;
	*c = *old;
	c->refs = 1;
	if (!old->ngroups) {
		c->groups = NULL;
		return c;
	}
	c->groups = kmemdup(old->groups, old->ngroups * sizeof(*old->groups));
	if (!c->groups) {
		kmem_free(&cred_cache, c);
		return NULL;
	}
	return c;
}

struct cred *cred_get(struct cred *c)
{
	KASSERT(c->refs > 0);
	c->refs++;
	return c;
}

void cred_put(struct cred *c)
{
	if (!c)
		return;
	KASSERT(c->refs > 0);
	if (--c->refs)
		return;
	kfree(c->groups);
	kmem_free(&cred_cache, c);
}

bool cred_capable(const struct cred *c, enum cap cap)
{
	return c->cap_effective >> (unsigned)cap & 1;
}

bool cred_in_group(const struct cred *c, uint32_t gid)
{
	uint32_t i;

	if (c->fsgid == gid)
		return true;
	for (i = 0; i < c->ngroups; i++)
		if (c->groups[i] == gid)
			return true;
	return false;
}
