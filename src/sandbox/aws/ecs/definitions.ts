import type { Fields } from '#sandbox/cluster/objects.ts'
import type { Engine } from './engine.ts'
import { account } from './new-service.ts'
import type { ContainerDefinition, Definition } from './state.ts'

const usual: Fields = { cpu: '256', memory: '512', networkMode: 'awsvpc' }

/** Registers the next number of a family; its ARN. */
export const registrar =
  ({ arn: arnOf, now }: Engine, definitions: Definition[]) =>
  (
    family: string,
    containers: readonly ContainerDefinition[],
    settings: Fields = usual,
    { tags = [], by = 'deploy/pipeline' }: { tags?: readonly Fields[]; by?: string } = {},
  ): string => {
    const revision = definitions.filter((one) => one.family === family).length + 1
    const arn = arnOf('task-definition', `${family}:${revision}`)
    definitions.push({
      arn,
      family,
      revision,
      registeredAt: now(),
      registeredBy: `arn:aws:sts::${account}:assumed-role/${by}`,
      containers,
      settings,
      tags,
      status: 'ACTIVE',
    })
    return arn
  }
