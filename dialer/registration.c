/* registration.c - lifetimes and retries of a registration */
#include "dialer/registration.h"

#include "base/clock.h"

#define LIFETIME_S_MAX 86400

void registration_want(struct registration *registration, uint32_t lifetime_s, int64_t now_us)
{
	if (registration->lifetime_s == lifetime_s)
		return;
	if (!lifetime_s)
		registration->expires_us = 0;
	registration->lifetime_s = lifetime_s;
	registration->next_us = now_us;
	registration->failures = 0;
}

bool registration_due(const struct registration *registration, int64_t now_us)
{
	return registration->lifetime_s && !registration->out && now_us >= registration->next_us;
}

uint32_t registration_sent(struct registration *registration)
{
	registration->out = true;
	registration->sent++;
	registration->cseq += 2;
	return registration->cseq - 1;
}

bool registration_holds(const struct registration *registration, int64_t now_us)
{
	return registration->expires_us > now_us;
}

static void accepted(struct registration *registration, uint32_t given_s, int64_t now_us)
{
	int64_t lifetime_us = (given_s ? given_s : registration->lifetime_s) * SEC_US;

	registration->failures = 0;
	registration->expires_us = now_us + lifetime_us;
	registration->next_us = now_us + lifetime_us * 4 / 5;
}

static void refused(struct registration *registration, uint32_t retry_after_s, int64_t now_us)
{
	int64_t wait_us = REGISTRATION_RETRY_US << (registration->failures < 6 ? registration->failures : 6);

	registration->failures++;
	registration->refused++;
	if (retry_after_s)
		wait_us = retry_after_s * SEC_US;
	registration->next_us = now_us + (wait_us < REGISTRATION_RETRY_US_MAX ? wait_us : REGISTRATION_RETRY_US_MAX);
	if (registration->expires_us <= now_us)
		registration->expires_us = 0;
}

bool registration_done(struct registration *registration, const struct registration_answer *answer, int64_t now_us)
{
	bool held = registration->expires_us != 0;
	bool longer = answer->code == 423 && answer->min_expires_s > registration->lifetime_s &&
		      answer->min_expires_s <= LIFETIME_S_MAX;

	registration->out = false;
	registration->code = answer->code;
	if (answer->code >= 200 && answer->code < 300 && registration->lifetime_s)
		accepted(registration, answer->expires_s, now_us);
	else if (longer)
		registration->lifetime_s = answer->min_expires_s;
	else
		refused(registration, answer->retry_after_s, now_us);
	return held != (registration->expires_us != 0);
}
