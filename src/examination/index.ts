import type { Examination } from '#cli/command.ts'
import type { Variables } from '#config/environment.ts'
import { loadConfig, secretsOf } from '../config.ts'
import { scrub } from '../scrub.ts'
import { clusterParts, secretsPart } from './clusters.ts'
import { configurationParts } from './configuration.ts'
import { databasePart } from './database.ts'
import { flagsPart } from './flags.ts'
import { metricsPart } from './metrics.ts'
import { pagersPart } from './pagers.ts'
import { serviceParts } from './services.ts'
import { slackParts } from './slack.ts'
import { terminalPart } from './terminal.ts'
import { webhooksPart } from './webhooks.ts'

/** An installation as its variables and its file describe it. What cannot be understood is a finding; the rest is looked at all the same. */
export function openExamination(variables: Variables): Examination {
  const loaded = loadConfig(variables)
  const problems = loaded.ok ? [] : loaded.problems
  const told = loaded.ok ? loaded.config : loaded.told
  const content = loaded.ok ? loaded.config : loaded.content
  const secrets = secretsOf(told)
  const parts = [
    ...configurationParts(told, content, problems),
    databasePart(told, problems),
    ...slackParts(told, content, problems),
    ...(content
      ? [
          ...clusterParts(content),
          metricsPart({ ...content, metricKeys: told.metricKeys }),
          webhooksPart(told, content),
          pagersPart(told, content),
          terminalPart(content),
          flagsPart(told, content),
          ...serviceParts({ ...told, ...content }),
          secretsPart,
        ]
      : []),
  ]
  return parts.map(({ about, look }) => ({
    about,
    look: async (signal) =>
      (await look(signal)).map((finding) => ({ ...finding, text: scrub(finding.text, secrets) })),
  }))
}
