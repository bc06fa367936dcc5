/*
 * suppress_scope.c - which calls a suppression list is for (pure)
 *
 * An area code counts for its state wherever its owner lives now, and a lead's state column counts as well: a list that may apply, does.
 */
#include "campaigns/suppress_table.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Geographic area codes of the US by state, overlays in service or assigned by 2026. */
static const struct {
	char state[3];
	const char *codes;
} state_codes[] = {
	{"AL", "205 251 256 334 483 659 938"},
	{"AK", "907"},
	{"AZ", "480 520 602 623 928"},
	{"AR", "327 479 501 870"},
	{"CA", "209 213 279 310 323 341 350 357 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 737 738 747 760 805 "
	       "818 820 831 837 840 858 909 916 925 949 951"},
	{"CO", "303 719 720 748 970 983"},
	{"CT", "203 475 860 959"},
	{"DE", "302"},
	{"DC", "202 771"},
	{"FL", "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954"},
	{"GA", "229 404 470 478 678 706 762 770 912 943"},
	{"HI", "808"},
	{"ID", "208 986"},
	{"IL", "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 861 872"},
	{"IN", "219 260 317 463 574 765 812 930"},
	{"IA", "319 515 563 641 712"},
	{"KS", "316 620 785 913"},
	{"KY", "270 364 502 606 761 859"},
	{"LA", "225 318 337 457 504 985"},
	{"ME", "207"},
	{"MD", "227 240 301 410 443 667"},
	{"MA", "339 351 413 508 617 774 781 857 978"},
	{"MI", "231 248 269 313 517 586 616 679 734 810 906 947 989"},
	{"MN", "218 320 507 612 651 763 924 952"},
	{"MS", "228 471 601 662 769"},
	{"MO", "235 314 417 557 573 636 660 816 975"},
	{"MT", "406"},
	{"NE", "308 402 531"},
	{"NV", "702 725 775"},
	{"NH", "603"},
	{"NJ", "201 551 609 640 732 848 856 862 908 973"},
	{"NM", "505 575"},
	{"NY", "212 315 329 332 347 363 465 516 518 585 607 624 631 646 680 716 718 838 845 914 917 929 934"},
	{"NC", "252 336 472 704 743 828 910 919 980 984"},
	{"ND", "701"},
	{"OH", "216 220 234 283 326 330 380 419 436 440 513 567 614 740 937"},
	{"OK", "405 539 572 580 918"},
	{"OR", "458 503 541 971"},
	{"PA", "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878"},
	{"RI", "401"},
	{"SC", "803 821 839 843 854 864"},
	{"SD", "605"},
	{"TN", "423 615 629 729 731 865 901 931"},
	{"TX", "210 214 254 281 325 346 361 409 430 432 469 512 621 682 713 726 737 806 817 830 832 903 915 936 940 945 956 972 979"},
	{"UT", "385 435 801"},
	{"VT", "802"},
	{"VA", "276 434 540 571 686 703 757 804 826 948"},
	{"WA", "206 253 360 425 509 564"},
	{"WV", "304 681"},
	{"WI", "262 274 353 414 534 608 715 920"},
	{"WY", "307"},
	{"PR", "787 939"},
};

static const char *state_area_codes(const char *state)
{
	for (unsigned i = 0; i < sizeof(state_codes) / sizeof(state_codes[0]); i++)
		if (strcmp(state_codes[i].state, state) == 0)
			return state_codes[i].codes;
	return NULL;
}

bool suppress_state_known(const char *state)
{
	return state_area_codes(state) != NULL;
}

static bool scope_state(const char *state, const struct lead *lead, uint64_t number)
{
	static const char *const columns[] = {"state", "State", "region", "province"};
	const char *codes = state_area_codes(state);
	char code[4];

	snprintf(code, sizeof(code), "%03u", (unsigned)(number / 10000000 % 1000));
	if (number / UINT64_C(10000000000) == 1 && codes && strstr(codes, code))
		return true;
	for (unsigned i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		const char *value = lead_field(lead, columns[i]);

		if (value && strcasecmp(value, state) == 0)
			return true;
	}
	return false;
}

static bool scope_country(uint32_t calling_code, uint64_t number)
{
	while (number > calling_code)
		number /= 10;
	return number == calling_code;
}

bool suppress_among(const char *list, const char *name)
{
	size_t bytes = strlen(name);

	for (const char *at = list; bytes && at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, name, bytes) == 0 && (!at[bytes] || at[bytes] == ','))
			return true;
	return false;
}

bool suppress_applies(const struct suppress_list *list, const struct suppress_call *call)
{
	if (suppress_kind_facts(list->kind)->telemarketing && call->campaign->purpose != PURPOSE_TELEMARKETING)
		return false;
	switch (list->scope) {
	case SUPPRESS_COUNTRY:
		return scope_country(list->calling_code, call->number);
	case SUPPRESS_US_STATE:
		return scope_state(list->where, call->lead, call->number);
	case SUPPRESS_CAMPAIGN:
		return suppress_among(list->where, call->campaign->name);
	case SUPPRESS_SELLER:
		return suppress_among(list->where, call->seller);
	default:
		return true;
	}
}
