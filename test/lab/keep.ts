// A machine for experiments: stays up, takes orders on a socket (lab-ctl).
import path from 'node:path'
import { type BootOptions, boot, checkout } from './boot.ts'
import { serveControl } from './control.ts'
import { makeProductDisk } from './product.ts'
import { openStand } from './stand.ts'
import { refreshProduct } from './warm.ts'

/** Runs until Ctrl-C, SIGTERM or an order to switch off. Resolves with the exit status. */
export const keepRunning = async (options: BootOptions, socketPath: string): Promise<number> => {
  const { machine, bootMs } = await boot(options)
  const stand = await openStand(machine)
  let end = (): void => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const control = await serveControl(socketPath, {
    machine,
    refresh: async () => {
      await makeProductDisk(checkout, options.suite, path.join(options.run, 'product.img'))
      await refreshProduct(machine)
    },
    drive: (order) => stand.order(order.drive, order.with ?? {}),
    ended: end,
  })
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  options.say(
    `${machine.image.name} is up after ${(bootMs / 1000).toFixed(1)} s; orders at ${socketPath} (node dist/lab/ctl.mjs)`,
  )
  await ended
  await control.close()
  await machine.kill()
  await stand.close()
  return 0
}
