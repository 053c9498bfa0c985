import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from '#cli/command.ts'
import type { ConfigFileContent } from '#config/file.ts'
import { count } from '#domain/communication/words.ts'
import type { Finding } from '#ports/finding.ts'
import type { Told } from '../config.ts'

/** What the start would refuse, and the key of the timeline. */
export function configurationParts(
  told: Told,
  content: ConfigFileContent | undefined,
  problems: readonly string[],
): readonly Part[] {
  return [
    { about: 'Configuration', look: async () => configurationFindings(content, problems) },
    { about: 'Key', look: async () => (problems.some(isAboutKey) ? [] : [keyFinding(told)]) },
  ]
}

function configurationFindings(
  content: ConfigFileContent | undefined,
  problems: readonly string[],
): readonly Finding[] {
  if (problems.length > 0) return problems.map((text) => ({ result: 'wrong', text }))
  if (!content || content.catalogue.size === 0)
    return [
      {
        result: 'wrong',
        text: 'no file is named, so there is no service to examine',
        remedy: 'name it with --config or COUNTERMAND_CONFIG; docs/config.example.yaml shows one',
      },
    ]
  const { catalogue, clusters, policy } = content
  const size = `${count(catalogue.size, 'service')}, ${count(clusters.size, 'cluster')}`
  return [{ result: 'fine', text: `${size}, policy ${policy.hash.slice(0, 12)}` }]
}

const isAboutKey = (problem: string): boolean => problem.includes('COUNTERMAND_KEY')

/** Only whether there is one: reading it here would be one more place it could leak from. */
function keyFinding({ key, dataDir }: Told): Finding {
  if (key) return { result: 'fine', text: 'COUNTERMAND_KEY is set' }
  return existsSync(join(dataDir, 'key'))
    ? {
        result: 'fine',
        text: `the key that an earlier start made is kept in ${dataDir}`,
      }
    : {
        result: 'note',
        text: `there is no key yet; the first start makes one in ${dataDir}`,
        remedy: 'set COUNTERMAND_KEY where several replicas run, and keep it with the backups',
      }
}
