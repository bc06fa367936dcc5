/*
 * folder.h - a name in a folder that survives a loss of power
 *
 * What    A file that was made, renamed or removed is durable under its name only when its folder was synchronised, too.
 * Errors  -errno.
 */
#ifndef OUTDIAL_BASE_FOLDER_H
#define OUTDIAL_BASE_FOLDER_H

int folder_sync(const char *folder);
/* The folder that the file is in, or would be. */
int folder_sync_of(const char *path);

#endif
