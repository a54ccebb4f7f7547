-- The centre's journal. `log` orders records nationally and is never partitioned; `record` holds their
-- bytes, and its key includes the voivodeship, so that it can be partitioned or distributed by it.

CREATE TABLE urna.meta (
  name text PRIMARY KEY,
  value bytea NOT NULL
);

CREATE TABLE urna.log (
  position bigint PRIMARY KEY,
  record_id bytea NOT NULL UNIQUE CHECK (octet_length(record_id) = 32),
  leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
  kind smallint NOT NULL,
  unit text NOT NULL,
  source text NOT NULL,
  voivodeship text NOT NULL,
  -- octet_length of the record, so that a read can be cut by bytes before the records are fetched.
  size integer NOT NULL
);

CREATE TABLE urna.record (
  voivodeship text NOT NULL,
  record_id bytea NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (voivodeship, record_id)
);
-- Records are signed, dense bytes: trying to compress them costs more than it saves.
ALTER TABLE urna.record ALTER bytes SET STORAGE EXTERNAL;

CREATE TABLE urna.operations (
  position bigint PRIMARY KEY,
  leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
  entry bytea NOT NULL
);
ALTER TABLE urna.operations ALTER entry SET STORAGE EXTERNAL;

CREATE TABLE urna.blob (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  bytes bytea NOT NULL
);

CREATE TABLE urna.peer_cursor (
  peer text NOT NULL,
  kind smallint NOT NULL,
  log_id bytea NOT NULL,
  position bigint NOT NULL,
  size bigint NOT NULL,
  root bytea NOT NULL,
  notices bigint NOT NULL,
  PRIMARY KEY (peer, kind)
);

CREATE TABLE urna.notice (
  number bigint PRIMARY KEY,
  record_id bytea NOT NULL UNIQUE CHECK (octet_length(record_id) = 32),
  centre_log_id bytea NOT NULL,
  position bigint NOT NULL
);

CREATE TABLE urna.tile (
  log smallint NOT NULL,
  level smallint NOT NULL,
  number bigint NOT NULL,
  hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
  PRIMARY KEY (log, level, number)
);
ALTER TABLE urna.tile ALTER hashes SET STORAGE EXTERNAL;
