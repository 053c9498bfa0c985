import { canary, shopIn, signals } from './config-parts.ts'
import { shopOnDocker } from './docker.ts'
import { type ShopNginx, shopOnNginx } from './nginx.ts'
import { shopInSlots, type ShopSlots } from './slots.ts'

/** Where people play, one service stands in two slots behind an nginx; the scenarios of the tests say so where they want it. */
export const withNginx = (yaml: string, nginx: ShopNginx): string =>
  yaml.concat(tracking(shopIn(yaml), nginx))

const tracking = (
  shop: string,
  { file, slots, nginx }: ShopNginx,
): string => `  ${shopOnNginx.service}:
    owner: Storefront
    channel: "#checkout"
    statusComponent: Parcel tracking
    targets:
      - nginx:
          upstream: ${shopOnNginx.service}
          file: ${JSON.stringify(file)}
          front: ${nginx.front}
          slots:
            blue: { servers: ["${slots.blue}"], health: "http://${slots.blue}/health" }
            green: { servers: ["${slots.green}"], health: "http://${slots.green}/health" }
    health: ["${shop}/${shopOnNginx.service}/health"]
${signals(shopOnNginx.service)}
${canary(shopOnNginx.service)}
    promotion:
      ladder:
        - { at: 10, afterMinutes: 10, all: [error-rate], else: roll-back }
        - { at: 50, afterMinutes: 30, all: [error-rate], else: investigate }
`

/** Where people play, Compose runs what stands in the two slots of one service; the scenarios of the tests say so where they want it. */
export const withSlots = (yaml: string, slots: ShopSlots, directory: string): string =>
  yaml.concat(loyalty(shopIn(yaml), slots, directory))

const loyalty = (
  shop: string,
  { file, slots, front }: ShopSlots,
  directory: string,
): string => `  ${shopInSlots.service}:
    owner: Storefront
    channel: "#checkout"
    statusComponent: Loyalty points
    targets:
      - nginx:
          upstream: ${shopInSlots.service}
          file: ${JSON.stringify(file)}
          front: ${front}
          slots:
${(['blue', 'green'] as const)
  .map(
    (slot) => `            ${slot}:
              servers: ["${slots[slot]}"]
              health: "http://${slots[slot]}/health"
              compose: { docker: ${shopOnDocker.docker}, project: ${shopInSlots.project}, service: ${shopInSlots.service}-${slot}, directory: ${JSON.stringify(directory)} }`,
  )
  .join('\n')}
    health: ["${shop}/${shopInSlots.service}/health"]
${signals(shopInSlots.service)}
`
