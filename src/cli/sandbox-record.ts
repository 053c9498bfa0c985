import { Environment } from '#config/environment.ts'
import type { Terminal } from './command.ts'

/** Where nothing real is configured, the incidents that somebody has just played are not in this record. */
export function sandboxRecord({ variables }: Terminal): string {
  const environment = new Environment(variables)
  const isReal = environment.has('COUNTERMAND_CONFIG') || environment.has('DATABASE_URL')
  return isReal
    ? ''
    : ' What is played in the sandbox stays there: its page offers each timeline, checked, to download.'
}
