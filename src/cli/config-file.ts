import { Environment } from '#config/environment.ts'
import { type ConfigFileContent, type FileResult, readConfigFile } from '#config/file.ts'
import type { Terminal } from './command.ts'

/** The file that `--config` or `COUNTERMAND_CONFIG` names, else the sandbox's. */
export const fileOf = (terminal: Terminal, path: string | undefined): FileResult =>
  readConfigFile(
    path ?? new Environment(terminal.variables).text('COUNTERMAND_CONFIG'),
    terminal.fallbackFile,
    false,
  )

/** The same, where its problems leave nothing to say: they are shown. */
export function soundFileOf(
  terminal: Terminal,
  path: string | undefined,
): ConfigFileContent | undefined {
  const { content, problems } = fileOf(terminal, path)
  if (!content) terminal.err(problems.join('\n'))
  return content
}
