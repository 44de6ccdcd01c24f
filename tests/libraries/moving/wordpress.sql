-- The table of WordPress.
CREATE TABLE wp_users (
  ID bigint(20) unsigned NOT NULL auto_increment,
  user_login varchar(60) NOT NULL default '',
  user_pass varchar(255) NOT NULL default '',
  user_nicename varchar(50) NOT NULL default '',
  user_email varchar(100) NOT NULL default '',
  user_url varchar(100) NOT NULL default '',
  user_registered datetime NOT NULL default '0000-00-00 00:00:00',
  user_activation_key varchar(255) NOT NULL default '',
  user_status int(11) NOT NULL default '0',
  display_name varchar(250) NOT NULL default '',
  PRIMARY KEY (ID),
  KEY user_login_key (user_login),
  KEY user_nicename (user_nicename),
  KEY user_email (user_email)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
INSERT INTO wp_users (user_login, user_pass, user_nicename, user_email, user_registered, display_name) VALUES
  ('admin', '{golden@example.com}', 'admin', 'golden@example.com', '2024-01-31 22:30:00', 'The "B\\log", first 👩‍💻'),
  ('bjoern.b', '{bjoern@example.com}', 'bjoern-b', 'bjoern@example.com', '2024-03-01 00:00:00', 'Björn'),
  ('Dora the explorer', '{dora@example.com}', 'dora', 'dora@example.com', '2024-03-01 00:00:00', 'Dora'),
  ('eve@example.com', '{eve@example.com}', 'eve', 'eve@example.com', DEFAULT, 'Eve'),
  ('ada', '{ada@example.com}', 'ada', 'ada@example.com', '2024-03-01 00:00:00', 'Ada'),
  ('ancient', MD5('secret'), 'ancient', 'ancient@example.com', '2024-03-01 00:00:00', 'Ancient'),
  ('noaddress', '', 'noaddress', '', '2024-03-01 00:00:00', 'Without an address');
