-- The tables of Prisma's adapter for Auth.js, as `prisma migrate` makes them, with a column for the hash.
CREATE TABLE "User" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "name" TEXT,
  "email" TEXT,
  "emailVerified" TIMESTAMP(3),
  "image" TEXT,
  "password" TEXT,
  "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMP(3) NOT NULL
);
CREATE UNIQUE INDEX "User_email_key" ON "User" ("email");
INSERT INTO "User" ("id", "name", "email", "emailVerified", "image", "password", "createdAt", "updatedAt") VALUES
  ('cm0aaaaaaaaaaaaaaaaaaaaa1', 'Björn "B", the first', 'bjoern@example.com', '2024-02-01 09:00:00.123', NULL,
    '{bjoern@example.com}', '2024-01-31 22:30:00.654', '2024-05-01'),
  ('cm0aaaaaaaaaaaaaaaaaaaaa2', NULL, 'dora@example.com', NULL, NULL, '{dora@example.com}', '2024-03-01', '2024-05-01'),
  ('cm0aaaaaaaaaaaaaaaaaaaaa3', 'Social', 'social@example.com', NULL, 'https://example.com/a.png', NULL, '2024-03-01',
    '2024-05-01'),
  ('cm0aaaaaaaaaaaaaaaaaaaaa4', 'Without an address', NULL, NULL, NULL, NULL, '2024-03-01', '2024-05-01');
