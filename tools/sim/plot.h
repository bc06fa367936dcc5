/*
 * plot.h - a picture of one simulated day, drawn by gnuplot
 */
#ifndef OUTDIAL_SIM_PLOT_H
#define OUTDIAL_SIM_PLOT_H

#include "tools/world/world.h"

/* The format that a file's name asks for, "svg" or "png"; NULL for any other. */
const char *plot_format(const char *path);
/* 0, or an error and a sentence in `why` (200 bytes): gnuplot is missing or failed. */
int plot_day(const char *path, const struct scenario *scenario, const struct day *day, const char *law, char *why);

#endif
