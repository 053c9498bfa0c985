import { Environment } from '#config/environment.ts'
import { type ConfigFileContent, type FileResult, readConfigFile } from '#config/file.ts'
import { nearestNames } from '#domain/catalogue.ts'
import { list } from '#domain/communication/words.ts'
import type { Service } from '#domain/service.ts'
import type { Terminal } from './command.ts'

/** The file that `--config` or `COUNTERMAND_CONFIG` names, else the sandbox's. */
export const fileOf = (terminal: Terminal, path: string | undefined): FileResult =>
  readConfigFile(
    path ?? new Environment(terminal.variables).text('COUNTERMAND_CONFIG'),
    terminal.fallbackFile,
    false,
  )

/** The service of that name; where there is none, the nearest names are shown. */
export function serviceIn(
  { catalogue }: ConfigFileContent,
  name: string,
  terminal: Terminal,
): Service | undefined {
  const service = catalogue.get(name)
  if (service) return service
  const near = nearestNames(catalogue, name)
  const hint = near.length > 0 ? ` Did you mean ${list(near, 'or')}?` : ''
  terminal.err(`There is no service ${name}.${hint}`)
  return undefined
}

/** The file, where it has no problems; else they are shown. */
export function soundFileOf(
  terminal: Terminal,
  path: string | undefined,
): ConfigFileContent | undefined {
  const { content, problems } = fileOf(terminal, path)
  if (!content) terminal.err(problems.join('\n'))
  return content
}
