import { append } from './append.ts'
import { surroundings, table } from './harness/report.ts'
import type { Result } from './harness/compare.ts'

/** What `npm run bench` knows, in the order it runs them. */
const benches: Readonly<Record<string, () => Promise<readonly Result[]>>> = {
  append,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  console.error(
    `No such bench: ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`,
  )
  process.exitCode = 2
} else {
  const results: Result[] = []
  for (const [name, run] of Object.entries(benches))
    if (wanted.length === 0 || wanted.includes(name)) results.push(...(await run()))
  console.error(table(results))
  console.log(JSON.stringify({ ...surroundings(), results }))
}
