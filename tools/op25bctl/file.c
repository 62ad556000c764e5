// SPDX-License-Identifier: GPL-2.0
/*
 * Opening files, and reading them as a whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

/**
 * struct spool - copy of a file that can be read only once
 * @next: next in the list of all
 * @copy: temporary file
 * @busy: whether it is open
 * @buffer: stdio buffer of @copy
 * @path: of the original
 */
struct spool {
	struct spool *next;
	FILE *copy;
	bool busy;
	char buffer[BUFFER_BYTES];
	char path[];
};

static struct spool *spools;

/**
 * is_stdin() - whether a path stands for standard input
 * @path: the path
 */
bool is_stdin(const char *path)
{
	return !strcmp(path, "-");
}

/**
 * file_name() - name of a file for messages
 * @path: of the file, "-" for standard input
 *
 * Return: the name.
 */
const char *file_name(const char *path)
{
	return is_stdin(path) ? "<stdin>" : path;
}

/* The buffer has BUFFER_BYTES and must outlive the file */
static void set_buffer(FILE *file, char *buffer)
{
	/* on failure the file keeps its own */
	setvbuf(file, buffer, _IOFBF, BUFFER_BYTES);
}

static FILE *copy_file(int fd, char *copy_buffer)
{
	FILE *copy = tmpfile();
	char buffer[BUFFER_BYTES];
	ssize_t bytes;

	if (!copy)
		return NULL;
	set_buffer(copy, copy_buffer);
	while ((bytes = read(fd, buffer, sizeof(buffer))) != 0) {
		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes < 0 || !fwrite(buffer, bytes, 1, copy)) {
			fclose(copy);
			return NULL;
		}
	}
	/* rewind() would lose a write error */
	if (fflush(copy)) {
		fclose(copy);
		return NULL;
	}
	rewind(copy);
	return copy;
}

/* Closes the descriptor, unless it is standard input */
static FILE *make_spool(int fd, const char *path)
{
	struct spool *spool = malloc(sizeof(*spool) + strlen(path) + 1);

	if (spool)
		spool->copy = copy_file(fd, spool->buffer);
	if (fd != STDIN_FILENO)
		close(fd);
	if (!spool || !spool->copy) {
		free(spool);
		return NULL;
	}
	strcpy(spool->path, path);
	spool->busy = true;
	spool->next = spools;
	spools = spool;
	return spool->copy;
}

static FILE *open_spool(struct spool *spool)
{
	if (spool->busy) {
		errno = EBUSY;
		return NULL;
	}
	spool->busy = true;
	return spool->copy;
}

/* NULL with errno set */
static FILE *open_descriptor(int fd, const char *path, char *buffer)
{
	struct stat status;
	FILE *file;

	if (fstat(fd, &status))
		return NULL;
	if (S_ISDIR(status.st_mode)) {
		close(fd);
		errno = EISDIR;
		return NULL;
	}
	if (!S_ISREG(status.st_mode) || fd == STDIN_FILENO)
		return make_spool(fd, path);
	file = fdopen(fd, "r");
	if (file)
		set_buffer(file, buffer);
	return file;
}

/**
 * open_file() - open a file, or go back to the beginning of a copied one
 * @path: of the file, "-" for standard input
 * @buffer: BUFFER_BYTES for stdio, valid until the file is closed
 *
 * Return: the file, or NULL with errno set.
 */
FILE *open_file(const char *path, char *buffer)
{
	struct spool *spool;
	int fd;

	for (spool = spools; spool; spool = spool->next)
		if (!strcmp(spool->path, path))
			return open_spool(spool);
	fd = is_stdin(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? NULL : open_descriptor(fd, path, buffer);
}

/**
 * open_error() - say why open_file() has failed
 *
 * Return: the reason, without the name of the file.
 */
const char *open_error(void)
{
	return errno == EBUSY ? "already being read: use a regular file" :
				strerror(errno);
}

/**
 * close_file() - close a file of open_file(); a copy is kept for the next time
 * @file: the file
 */
void close_file(FILE *file)
{
	struct spool *spool;

	for (spool = spools; spool; spool = spool->next) {
		if (spool->copy == file) {
			rewind(file);
			spool->busy = false;
			return;
		}
	}
	fclose(file);
}

/**
 * skip_mark() - skip a byte order mark
 * @file: the file, at its beginning
 */
void skip_mark(FILE *file)
{
	char mark[3];

	if (fread(mark, sizeof(mark), 1, file) != 1 ||
	    memcmp(mark, "\xef\xbb\xbf", sizeof(mark)))
		rewind(file);
}

/* All of an open file, zero-terminated; NULL with errno set */
static char *read_all(FILE *file, size_t *length)
{
	size_t size = 0, got;
	FILE *out;
	char *text = NULL;
	char buffer[BUFFER_BYTES];

	skip_mark(file);
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	while ((got = fread(buffer, 1, sizeof(buffer), file)))
		fwrite(buffer, 1, got, out);
	if (!fclose(out) && !ferror(file)) {
		*length = size;
		return text;
	}
	free(text);
	return NULL;
}

/**
 * read_file() - read a whole file
 * @path: of the file, "-" for standard input
 * @length: set to its bytes, without a byte order mark
 *
 * Return: its text, zero-terminated, to be freed; NULL after printing an error.
 */
char *read_file(const char *path, size_t *length)
{
	char buffer[BUFFER_BYTES];
	FILE *file = open_file(path, buffer);
	char *text;

	if (!file) {
		fail("%s: %s", file_name(path), open_error());
		return NULL;
	}
	text = read_all(file, length);
	if (!text)
		fail("%s: %s", file_name(path), strerror(errno));
	close_file(file);
	return text;
}

/**
 * prepare_file() - check that a file can be opened; read a pipe to its end
 * @path: of the file, "-" for standard input
 *
 * Return: STATUS_DONE, or STATUS_ERROR after printing an error.
 */
enum status prepare_file(const char *path)
{
	char buffer[BUFFER_BYTES];
	FILE *file = open_file(path, buffer);

	if (!file)
		return fail("%s: %s", file_name(path), open_error());
	close_file(file);
	return STATUS_DONE;
}
