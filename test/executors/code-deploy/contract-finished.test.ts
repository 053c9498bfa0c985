import { executorContract } from '../contract.ts'
import { platform } from '../ecs/contract-platform.ts'
import { group } from './group.ts'

executorContract('an ECS service whose deployment CodeDeploy has done', (trouble) =>
  platform({ codeDeploy: group }, trouble),
)
