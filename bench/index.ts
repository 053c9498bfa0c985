import { acknowledge } from './acknowledge.ts'
import { alerts } from './alerts.ts'
import { answer } from './answer.ts'
import { append } from './append.ts'
import { assessing } from './assess.ts'
import { click } from './click.ts'
import { flood } from './flood.ts'
import { freeze } from './freeze.ts'
import { reroute } from './reroute.ts'
import { rollback } from './rollback/index.ts'
import { scale } from './scale.ts'
import { idle } from './idle.ts'
import { slackAway } from './slack-away.ts'
import { start } from './start.ts'
import { surroundings, table } from './harness/report.ts'
import { exitCodeOf, type Result } from './harness/compare.ts'

type Bench = () => Promise<readonly Result[]>

/** What `npm run bench` runs, in this order. */
const quick: Readonly<Record<string, Bench>> = {
  append,
  acknowledge,
  click,
  start,
  idle,
  assess: assessing,
  answer,
}
/** Only by name. */
const slow: Readonly<Record<string, Bench>> = {
  'slack-away': slackAway,
  flood,
  alerts,
  scale,
  rollback,
  freeze,
  reroute,
}
const benches = { ...quick, ...slow }

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  console.error(
    `No such bench: ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`,
  )
  process.exitCode = 2
} else {
  const results: Result[] = []
  const chosen = wanted.length > 0 ? wanted : Object.keys(quick)
  for (const name of chosen) results.push(...((await benches[name]?.()) ?? []))
  console.error(table(results))
  console.log(JSON.stringify({ ...surroundings(), results }))
  // By itself Node's own clean-up sometimes turns for ever after a flood: it waits for a request whose connection is gone.
  process.exit(exitCodeOf(results))
}
