import { parseArgs } from 'node:util'
import { count } from '#domain/communication/words.ts'
import type { Finding } from '#ports/finding.ts'
import { type Command, type Examination, exit, Misused, type Part } from './command.ts'

/** Each part may take this long: what has not answered by then is away. */
const deadlineMs = 20_000
/** Parts looked at side by side; services can be many. */
const width = 4

export const doctor: Command = {
  name: 'doctor',
  usage: '[--config file] [--json]',
  help: 'Look at a whole installation – configuration, database, Slack, clusters, rights, metrics – and say what is missing for which service. Changes nothing.',
  example: 'doctor --config countermand.yaml',
  run: async (args, terminal) => {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { config: { type: 'string' }, json: { type: 'boolean', default: false } },
    })
    if (positionals.length > 0) throw new Misused('doctor takes no words of its own')
    const found: (Finding & { readonly about: string })[] = []
    const shared = new Set<string>()
    for await (const { about, findings } of looked(await terminal.openExamination(values.config)))
      for (const { isShared, ...finding } of findings) {
        if (isShared && shared.has(finding.text)) continue
        if (isShared) shared.add(finding.text)
        found.push({ about, ...finding })
        if (!values.json) terminal.out(line(about, finding))
      }
    const wrong = found.filter(({ result }) => result === 'wrong').length
    const notes = found.filter(({ result }) => result === 'note').length
    terminal.out(
      values.json
        ? JSON.stringify({ ok: wrong === 0, findings: found }, undefined, 2)
        : `\n${verdict(wrong, notes)}`,
    )
    return wrong > 0 ? exit.found : exit.fine
  },
}

/** Told in order, looked at several at a time: a part that is away holds up no other. */
async function* looked(examination: Examination): AsyncIterable<{
  readonly about: string
  readonly findings: readonly Finding[]
}> {
  const parts = examination.map((part) => ({
    part,
    found: Promise.withResolvers<readonly Finding[]>(),
  }))
  const waiting = parts.values()
  const next = async () => {
    for (const { part, found } of waiting) found.resolve(await look(part))
  }
  const all = Promise.all(Array.from({ length: width }, next))
  for (const { part, found } of parts) yield { about: part.about, findings: await found.promise }
  await all
}

async function look(part: Part): Promise<readonly Finding[]> {
  const signal = AbortSignal.timeout(deadlineMs)
  const late = Promise.withResolvers<never>()
  signal.addEventListener('abort', () =>
    late.reject(new Error(`no answer within ${deadlineMs / 1_000} s`)),
  )
  try {
    return await Promise.race([part.look(signal), late.promise])
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return [{ result: 'wrong', text: `cannot be looked at: ${why}` }]
  }
}

const marks: Readonly<Record<Finding['result'], string>> = { fine: '✓', note: '!', wrong: '✗' }

const line = (about: string, { result, text, remedy }: Finding): string =>
  `${marks[result]} ${about}: ${remedy === undefined ? text : `${text.replace(/\.$/, '')} – ${remedy}`}`

function verdict(wrong: number, notes: number): string {
  const known = notes > 0 ? `, ${count(notes, 'note')}` : ''
  return wrong > 0 ? `${count(wrong, 'problem')}${known}.` : `Everything is in place${known}.`
}
