import { executorContract } from '../contract.ts'
import { platform } from '../ecs/contract-platform.ts'
import { waitingGroup } from './group.ts'

executorContract('an ECS service whose deployments CodeDeploy has wait for a word', (trouble) =>
  platform({ codeDeploy: waitingGroup }, trouble),
)
