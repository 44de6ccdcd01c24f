-- The tables of Lucia 2 in SQLite, with an address for each user. A user has a key for each way to log in.
CREATE TABLE user (id VARCHAR(15) NOT NULL PRIMARY KEY, email TEXT NOT NULL UNIQUE);
CREATE TABLE user_key (
  id VARCHAR(255) NOT NULL PRIMARY KEY,
  user_id VARCHAR(15) NOT NULL REFERENCES user (id),
  hashed_password VARCHAR(255)
);
INSERT INTO user VALUES
  ('aaaaaaaaaaaaaa1', 'ada@example.com'),
  ('aaaaaaaaaaaaaa2', 'chihiro@example.com'),
  ('aaaaaaaaaaaaaa3', 'social@example.com');
INSERT INTO user_key VALUES
  ('email:ada@example.com', 'aaaaaaaaaaaaaa1', '{ada@example.com}'),
  ('username:ada', 'aaaaaaaaaaaaaa1', '{ada@example.com}'),
  ('github:1', 'aaaaaaaaaaaaaa2', NULL),
  ('email:chihiro@example.com', 'aaaaaaaaaaaaaa2', '{chihiro@example.com}'),
  ('github:2', 'aaaaaaaaaaaaaa3', NULL);
