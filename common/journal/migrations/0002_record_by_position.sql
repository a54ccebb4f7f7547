-- Records are found by their position. Numbers that rise are cheap to index: an index over record ids
-- sends every row to another page of it, and took as long as the rest of the row.
-- What is as long as most records stays in the row (8,160 bytes), not in a table beside it.

CREATE TABLE urna.record_by_position (
  voivodeship text NOT NULL,
  position bigint NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (voivodeship, position)
) WITH (toast_tuple_target = 8160);
ALTER TABLE urna.record_by_position ALTER bytes SET STORAGE EXTERNAL;

INSERT INTO urna.record_by_position (voivodeship, position, bytes)
SELECT l.voivodeship, l.position, r.bytes
FROM urna.log l JOIN urna.record r ON r.voivodeship = l.voivodeship AND r.record_id = l.record_id
ORDER BY l.position;

DROP TABLE urna.record;
ALTER TABLE urna.record_by_position RENAME TO record;
ALTER INDEX urna.record_by_position_pkey RENAME TO record_pkey;
