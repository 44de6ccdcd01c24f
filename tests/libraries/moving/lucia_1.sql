-- The tables of Lucia 1 in SQLite, with an address for each user. Its first releases made hashes without a name, as the
-- first one here, which LegacyScrypt of Lucia 3 verifies.
CREATE TABLE auth_user (id VARCHAR(15) NOT NULL PRIMARY KEY, email TEXT NOT NULL UNIQUE);
CREATE TABLE auth_key (
  id VARCHAR(255) NOT NULL PRIMARY KEY,
  user_id VARCHAR(15) NOT NULL REFERENCES auth_user (id),
  primary_key INT NOT NULL,
  hashed_password VARCHAR(255),
  expires BIGINT
);
INSERT INTO auth_user VALUES
  ('aaaaaaaaaaaaaa1', 'first@example.com'),
  ('aaaaaaaaaaaaaa2', 'ada@example.com');
INSERT INTO auth_key VALUES
  ('email:first@example.com', 'aaaaaaaaaaaaaa1', 1,
    'abcdefghijklmnop:6ec36d8b9bbbfc0cc050bca4dc714ca6ce746eded4ce776c4f34256ffda912d1'
      || 'd084014fdc92d082b4b906417b1bc07cf783639e38e34ccaf3d185d8a8a7f022', NULL),
  ('email:ada@example.com', 'aaaaaaaaaaaaaa2', 1, '{ada@example.com}', NULL);
