/* test_config.c - the configuration file: defaults, refusals with their line, the written file reads as the defaults */
#include "tests/unit/test_files.h"

#include "base/err.h"
#include "dialer/config.h"
#include "dialer/pem.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static int parse(const char *text, struct config *config, char *why)
{
	return config_parse(text, strlen(text), config, why);
}

/* Refused with this error, this line and this word; what the caller had is untouched. */
static void refused(const char *text, int err, const char *where, const char *word)
{
	struct config config, before;
	char why[160];

	config_defaults(&config);
	config.calls_max = 77;
	before = config;
	assert_int_equal(parse(text, &config, why), err);
	if (strncmp(why, where, strlen(where)) != 0 || !strstr(why, word))
		fail_msg("'%s' should begin with '%s' and hold '%s'", why, where, word);
	assert_memory_equal(&config, &before, sizeof(config));
}

static void defaults_are_sane(void **state)
{
	struct config config;

	(void)state;
	config_defaults(&config);
	assert_string_equal(config.sip_ip, "127.0.0.1");
	assert_int_equal(config.sip_port, 5060);
	assert_true(config.rtp_port_min < config.rtp_port_max);
	assert_int_equal(config.trying_ms, 5000);
	assert_false(config.log_numbers);
	assert_string_equal(config.log_level, "info");
}

static void empty_text_is_the_defaults(void **state)
{
	struct config config, expected;
	char why[160];

	(void)state;
	config_defaults(&expected);
	memset(&config, 0, sizeof(config));
	assert_int_equal(parse("", &config, why), 0);
	assert_memory_equal(&config, &expected, sizeof(config));
	assert_string_equal(why, "");
}

static void every_type_is_read(void **state)
{
	struct config config;
	char why[160];

	(void)state;
	const char *text =
		"\xef\xbb\xbf; a comment\r\n# another\r\n[engine]\r\n  sip_ip = ::1 ; inside the line\r\nsip_port=15060\n"
		"realm = 呼叫中心\nfifo = yes\nlog_numbers = on\nlog_level = debug\ncalls_max : 20";
	assert_int_equal(parse(text, &config, why), 0);
	assert_string_equal(config.sip_ip, "::1");
	assert_int_equal(config.sip_port, 15060);
	assert_string_equal(config.realm, "呼叫中心");
	assert_true(config.fifo && config.log_numbers);
	assert_string_equal(config.log_level, "debug");
	assert_int_equal(config.calls_max, 20);
}

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	refused("[engine]\nsip_prot = 5060\n", ERR_SYNTAX, "line 2: ", "sip_prot");
	refused("[engine]\n\n; x\nsip_port = 70000\n", ERR_RANGE, "line 4: ", "1 to 65535");
	refused("[engine]\nsip_port = 5060 x\n", ERR_RANGE, "line 2: ", "5060 x");
	refused("[engine]\nsip_port =\n", ERR_RANGE, "line 2: ", "number");
	refused("[engine]\nsip_ip = example.com\n", ERR_RANGE, "line 2: ", "IP address");
	refused("[engine]\nfifo = maybe\n", ERR_RANGE, "line 2: ", "yes or no");
	refused("[engine]\nlog_level = loud\n", ERR_RANGE, "line 2: ", "debug");
	refused("[engine]\nrealm =\n", ERR_RANGE, "line 2: ", "1 to 63 bytes");
	refused("[engine]\nrealm = a\"b\n", ERR_RANGE, "line 2: ", "without quotes");
	refused("sip_port = 5060\n", ERR_SYNTAX, "line 1: ", "[engine]");
	refused("[motor]\nsip_port = 5060\n", ERR_SYNTAX, "line 2: ", "[motor]");
	refused("[engine]\nsip_port 5060\n", ERR_SYNTAX, "line 2: ", "name = value");
	refused("[engine\n", ERR_SYNTAX, "line 1: ", "[section]");
	refused("[engine]\ncalls_max = 1\n calls_max = 2\n", ERR_SYNTAX, "line 3: ", "twice");
}

static void the_first_mistake_is_reported(void **state)
{
	(void)state;
	refused("[engine]\nrubbish\nsip_port = 0\n", ERR_SYNTAX, "line 2: ", "name = value");
	refused("[engine]\nsip_port = 0\nrubbish\n", ERR_RANGE, "line 2: ", "sip_port");
}

static void options_must_fit_each_other(void **state)
{
	(void)state;
	refused("[engine]\nrtp_port_min = 20000\nrtp_port_max = 20000\n", ERR_RANGE, "rtp_port_max", "greater");
	refused("[engine]\nrtp_port_min = 20001\nrtp_port_max = 20002\n", ERR_RANGE, "rtp_port_min 20001", "even port");
	refused("[engine]\nsip_port = 16400\n", ERR_RANGE, "sip_port 16400", "inside");
	refused("[engine]\ntls_key = /k.pem\n", ERR_RANGE, "tls_certificate", "together");
}

/* A call takes a pair of ports, and a seat one: as ports_take() does. */
static void ports_for_all_calls_and_seats(void **state)
{
	struct config config;
	char why[CONFIG_WARNING_BYTES] = "";

	(void)state;
	config_defaults(&config);
	assert_true(config_roomy(&config, why));
	config.rtp_port_min = 20001; /* pairs begin with an even port */
	config.rtp_port_max = 20101;
	config.calls_max = 30;
	config.seats_max = 20;
	assert_true(config_roomy(&config, why));
	config.seats_max = 21;
	assert_false(config_roomy(&config, why));
	assert_string_equal(why, "rtp_port_min 20001 to rtp_port_max 20101 are 50 pairs of ports, and each call and seat takes "
				 "one, but calls_max 30 and "
				 "seats_max 21 are 51: widen the range to 102 ports, or lower these");
}

static void networks_and_servers_are_read(void **state)
{
	struct config config;
	char why[160];

	(void)state;
	refused("[engine]\nseat_from = office\n", ERR_RANGE, "line 2: seat_from = office", "10.0.0.0/8");
	refused("[engine]\nseat_from = 10.0.0.0/33\n", ERR_RANGE, "line 2: ", "networks");
	refused("[engine]\ndns = dns.example\n", ERR_RANGE, "line 2: dns", "IP:PORT");
	refused("[engine]\ndns = 192.0.2.1:53,\n", ERR_RANGE, "line 2: dns", "IP:PORT");
	refused("[engine]\ndns = 192.0.2.1,system\n", ERR_RANGE, "line 2: dns", "IP:PORT");
	refused("[engine]\ndns = 192.0.2.1:0\n", ERR_RANGE, "line 2: dns", "IP:PORT");
	assert_int_equal(parse("[engine]\nseat_from = 10.0.0.0/8, ::1\ndns = 192.0.2.1,[::1]:53,2001:db8::1\n", &config, why), 0);
	assert_int_equal(parse("[engine]\ndns = system\nseat_from = any\n", &config, why), 0);
}

static void files_that_are_named_must_be_there(void **state)
{
	char path[] = "/tmp/test_config.XXXXXX", why[160] = "";
	struct config config;
	int fd = mkstemp(path);

	(void)state;
	config_defaults(&config);
	assert_int_equal(config_files(&config, why), 0);
	snprintf(config.tls_key, sizeof(config.tls_key), "/nowhere/key.pem");
	assert_int_equal(config_files(&config, why), -ENOENT);
	assert_non_null(strstr(why, "tls_key = /nowhere/key.pem"));
	snprintf(config.tls_key, sizeof(config.tls_key), "none");
	snprintf(config.recording_key, sizeof(config.recording_key), "%s", path);
	assert_true(fd >= 0 && write(fd, "zz\n", 3) == 3);
	assert_int_equal(config_files(&config, why), ERR_SYNTAX);
	assert_non_null(strstr(why, "64 hexadecimal digits"));
	snprintf(config.recording_key, sizeof(config.recording_key), "none");
	snprintf(config.tls_key, sizeof(config.tls_key), "%s", path);
	assert_int_equal(config_files(&config, why), ERR_SYNTAX);
	assert_non_null(strstr(why, "PEM file with a PRIVATE KEY"));
	assert_true(write(fd, "-----BEGIN EC PRIVATE KEY-----\n", 31) == 31);
	assert_int_equal(config_files(&config, why), 0);
	assert_int_equal(pem_check(path, "CERTIFICATE"), ERR_SYNTAX);
	close(fd);
	unlink(path);
}

static void foreign_bytes_are_refused_and_not_shown(void **state)
{
	struct config config;
	char why[160], text[400];

	(void)state;
	assert_int_equal(config_parse("[engine]\nsip\0_port = 1\n", 23, &config, why), ERR_SYNTAX);
	assert_non_null(strstr(why, "line 2"));
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	refused(text, ERR_SYNTAX, "line 1: ", "longer than");
	assert_int_equal(parse("[engine]\nlog_level = \x1b[2Jred\n", &config, why), ERR_RANGE);
	assert_null(strchr(why, '\x1b'));
}

static void written_default(char *out, size_t size)
{
	FILE *file = fmemopen(out, size, "w");

	assert_non_null(file);
	config_print_default(file);
	assert_int_equal(fclose(file), 0);
}

static void the_written_file_is_the_defaults(void **state)
{
	struct config config, expected;
	char why[160], text[8192] = "";

	(void)state;
	written_default(text, sizeof(text));
	config_defaults(&expected);
	assert_int_equal(parse(text, &config, why), 0);
	assert_memory_equal(&config, &expected, sizeof(config));
	/* each default stands in it: a changed line changes the result */
	char *port = strstr(text, "sip_port = 5060");
	assert_non_null(port);
	memcpy(port, "sip_port = 5061", 15);
	assert_int_equal(parse(text, &config, why), 0);
	assert_int_equal(config.sip_port, 5061);
}

static void a_missing_file_is_the_defaults(void **state)
{
	struct config config, expected;
	char why[160], dir[] = "/tmp/test_config.XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/outdial.conf", dir);
	config_defaults(&expected);
	memset(&config, 0, sizeof(config));
	assert_int_equal(config_read(dir, &config, why), 0);
	assert_memory_equal(&config, &expected, sizeof(config));
	file_put_text(path, "[engine]\nseats_max = 12\n");
	assert_int_equal(config_read(dir, &config, why), 0);
	assert_int_equal(config.seats_max, 12);
	file_put_text(path, "[engine]\nseats_max = 0\n");
	assert_int_equal(config_read(dir, &config, why), ERR_RANGE);
	assert_string_equal(why, "line 2: seats_max = 0: expected a number from 1 to 5000");
	assert_int_equal(config_read(dir, &config, NULL), ERR_RANGE); /* the sentence is not wanted */
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(config_read(dir, &config, why), -EISDIR);
	rmdir(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_sane),
		cmocka_unit_test(empty_text_is_the_defaults),
		cmocka_unit_test(every_type_is_read),
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(the_first_mistake_is_reported),
		cmocka_unit_test(options_must_fit_each_other),
		cmocka_unit_test(ports_for_all_calls_and_seats),
		cmocka_unit_test(networks_and_servers_are_read),
		cmocka_unit_test(files_that_are_named_must_be_there),
		cmocka_unit_test(foreign_bytes_are_refused_and_not_shown),
		cmocka_unit_test(the_written_file_is_the_defaults),
		cmocka_unit_test(a_missing_file_is_the_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
