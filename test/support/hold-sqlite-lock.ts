/** A program: holds the write lock of the SQLite database that it is given, until it is killed. */
import { DatabaseSync } from 'node:sqlite'

const connection = new DatabaseSync(process.argv[2] ?? '', { timeout: 10_000 })
connection.exec('begin exclusive')
console.log('locked')
setInterval(() => undefined, 60_000)
