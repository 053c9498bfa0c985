import { executorContract } from '../contract.ts'
import { platform } from '../ecs/contract-platform.ts'
import { group } from './group.ts'

executorContract('an ECS service whose former tasks CodeDeploy keeps still', (trouble) =>
  platform({ codeDeploy: group }, trouble, true),
)
