import type { Archive, Terminal, Verification } from '#cli/command.ts'
import { runCli } from '#cli/index.ts'
import { incidentId } from '#domain/ids.ts'
import { png } from '#pictures/png.ts'
import { shopConfig } from '#sandbox/shop/config.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command line, typed as in a shell, on the example shop's configuration. */
export async function run(
  line: string,
  { archive, ...changes }: Partial<Terminal> & { readonly archive?: Archive } = {},
): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const code = await runCli(wordsOf(line), {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    variables: {},
    fallbackFile: {
      name: 'sandbox.yaml',
      text: shopConfig({
        kubeconfig: 'sandbox',
        prometheus: 'http://127.0.0.1:1',
        shop: 'http://127.0.0.1:1',
      }),
    },
    openArchive: () =>
      archive ? Promise.resolve(archive) : Promise.reject(new Error('The database is away')),
    openMetrics: () => Promise.reject(new Error('Nothing measures here')),
    draw: png,
    openDesk: () => Promise.reject(new Error('The database is away')),
    importJournal: () => Promise.reject(new Error('The database is away')),
    ask: async () => undefined,
    onInterrupt: () => () => undefined,
    openExamination: async () => [],
    ...changes,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

/** The incident that the help texts name. */
export const checkout = incidentId('inc-checkout-7fk3qd')

/** A record of one incident that says how often it was closed. */
export function anArchive(
  changes: Partial<Verification> = {},
): Archive & { readonly closed: number } {
  let closed = 0
  return {
    get closed() {
      return closed
    },
    incidents: async () => [checkout],
    export: async (incident, format) =>
      incident === checkout ? `${incident} as ${format}\n` : undefined,
    past: async () => ({ looks: [], troubles: [] }),
    verify: async () => ({ incidents: 1, events: 12, broken: [], ...changes }),
    async [Symbol.asyncDispose]() {
      closed += 1
    },
  }
}

/** Which version of the policy it was is another test's. */
export const withoutHash = (text: string): string =>
  text.replace(/policy [0-9a-f]{12}\b/g, 'policy …')

/** As a shell would split it: what stands in quotation marks is one word. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word)
