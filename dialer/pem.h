/*
 * pem.h - does a file look like the PEM file that is asked for?
 *
 * What    A certificate in the place of its key, or a list of leads in that of a certificate, is found out where it is named, not
 *         by the first connection that fails. What stands inside is libssl's to judge.
 */
#ifndef OUTDIAL_DIALER_PEM_H
#define OUTDIAL_DIALER_PEM_H

/*
 * 0: one of the first lines (64 KiB) begins a block whose kind ends so: "CERTIFICATE", "PRIVATE KEY". ERR_SYNTAX: none does.
 * -errno.
 */
int pem_check(const char *path, const char *kind);

#endif
