<?php

// The code for PHP of docs/leaving.md, which is in the same folder with its users.csv: which of the passwords of
// standard input get in.

require 'gets_in.php';

$file = fopen('users.csv', 'r');
$names = fgetcsv($file, escape: '');
$users = [];
while ($row = fgetcsv($file, escape: '')) {
    $user = array_combine($names, $row);
    $users[$user['email']] = $user;
}
$all = json_decode(stream_get_contents(STDIN), true, flags: JSON_THROW_ON_ERROR);
if (count($users) !== count($all)) {
    throw new Exception('users.csv has ' . count($users) . ' users');
}
$judged = [];
foreach ($all as $given) {
    $user = $users[$given['email']];
    $getsIn = fn (string $typed) => getsIn($user, $typed);
    $judged[$given['email']] = [
        'right' => array_map($getsIn, $given['right']),
        'wrong' => array_map($getsIn, $given['wrong']),
        // Without the normalisation of the page.
        'plain' => array_map(fn (string $typed) => password_verify($typed, $user['password_hash']), $given['right']),
    ];
}
echo json_encode($judged, JSON_THROW_ON_ERROR);
