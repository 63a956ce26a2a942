-- What is kept. The same for both databases, but for the words BYTES and FLOAT. Times are microseconds since 1970, digests are SHA-256 in hexadecimal.

CREATE TABLE blobs (
	digest TEXT PRIMARY KEY, -- of the data
	data   BYTES NOT NULL
);

CREATE TABLE submissions (
	id       TEXT PRIMARY KEY, -- digest of student, task, content and problem
	student  TEXT NOT NULL,
	task     TEXT NOT NULL,
	content  TEXT NOT NULL, -- blob; '' when there was nothing to read
	problem  TEXT NOT NULL, -- why it could not be read
	file     TEXT NOT NULL, -- where it was found first
	received BIGINT NOT NULL, -- 0 when nobody said when
	late     INTEGER NOT NULL,
	at       BIGINT NOT NULL
);
CREATE INDEX submissions_whose ON submissions (student, task);

-- What somebody wants to have. It has an attempt, or a failure, or a job of the queue.
CREATE TABLE asked (
	submission TEXT NOT NULL REFERENCES submissions,
	grader     TEXT NOT NULL,
	run        INTEGER NOT NULL,
	job        BIGINT NOT NULL,
	PRIMARY KEY (submission, grader, run)
);

CREATE TABLE attempts (
	submission TEXT NOT NULL,
	grader     TEXT NOT NULL,
	run        INTEGER NOT NULL,
	content    TEXT NOT NULL REFERENCES blobs, -- the attempt as JSON
	points     FLOAT NOT NULL,
	PRIMARY KEY (submission, grader, run),
	FOREIGN KEY (submission, grader, run) REFERENCES asked
);

-- What of an attempt is of use to those who count: a row for each test, or for each of its cases.
CREATE TABLE results (
	submission TEXT NOT NULL,
	grader     TEXT NOT NULL,
	run        INTEGER NOT NULL,
	place      INTEGER NOT NULL, -- in the lesson
	test       TEXT NOT NULL,
	part       TEXT NOT NULL, -- the case; '' when the test is one piece
	verdict    TEXT NOT NULL,
	points     FLOAT NOT NULL,
	most       FLOAT NOT NULL,
	PRIMARY KEY (submission, grader, run, place),
	FOREIGN KEY (submission, grader, run) REFERENCES attempts
);

CREATE TABLE failures (
	submission TEXT NOT NULL,
	grader     TEXT NOT NULL,
	run        INTEGER NOT NULL,
	why        TEXT NOT NULL,
	PRIMARY KEY (submission, grader, run),
	FOREIGN KEY (submission, grader, run) REFERENCES asked
);

-- What students were told: a page for each attempt, and another one when something was added to it.
CREATE TABLE told (
	submission TEXT NOT NULL,
	grader     TEXT NOT NULL,
	run        INTEGER NOT NULL,
	content    TEXT NOT NULL REFERENCES blobs,
	PRIMARY KEY (submission, grader, run, content),
	FOREIGN KEY (submission, grader, run) REFERENCES attempts
);

-- The log. hash is of all other columns.
CREATE TABLE audit (
	seq        BIGINT PRIMARY KEY, -- from 1, without gaps
	at         BIGINT NOT NULL,
	host       TEXT NOT NULL,
	event      TEXT NOT NULL,
	submission TEXT NOT NULL,
	grader     TEXT NOT NULL,
	run        INTEGER NOT NULL,
	content    TEXT NOT NULL, -- digest of what it is about
	previous   TEXT NOT NULL, -- hash of the row before
	hash       TEXT NOT NULL
);
CREATE INDEX audit_submission ON audit (submission);

-- The log's last row. Who appends locks it.
CREATE TABLE chain (
	id   INTEGER PRIMARY KEY CHECK (id = 1),
	seq  BIGINT NOT NULL,
	hash TEXT NOT NULL
);
INSERT INTO chain VALUES (1, 0, '');

CREATE TABLE workers (
	id   TEXT PRIMARY KEY, -- under which the queue knows it
	host TEXT NOT NULL,
	pid  INTEGER NOT NULL,
	seen BIGINT NOT NULL -- milliseconds since 1970, by the database's clock
);

CREATE TABLE registry_version (version INTEGER NOT NULL);
INSERT INTO registry_version VALUES (1);
