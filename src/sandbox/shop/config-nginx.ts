import { canary, shopIn, signals } from './config-parts.ts'
import { type ShopNginx, shopOnNginx } from './nginx.ts'

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
