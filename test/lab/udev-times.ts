// How long udev itself took over an event: from the kernel's event to udev's, as udevadm monitor sees both.
import type { Machine } from './qemu.ts'

export interface UdevEvent {
  /** Kernel name: sr0, nbd0. */
  device: string
  action: string
  /** From the kernel's event to the end of its rules, programs included. */
  ms: number
}

/** Pairs the KERNEL and UDEV lines of `udevadm monitor`; an event that udev never finished is left out. */
export const pairEvents = (text: string): UdevEvent[] => {
  const open = new Map<string, number[]>()
  const events: UdevEvent[] = []
  for (const line of text.split('\n')) {
    const found = /^(KERNEL|UDEV)\s*\[(\d+\.\d+)\]\s+(\w+)\s+\S*\/(\S+)\s+\(/.exec(line)
    if (!found) continue
    const [, who, stamp, action = '', device = ''] = found
    const key = `${action} ${device}`
    const at = Number(stamp) * 1000
    if (who === 'KERNEL') open.set(key, [...(open.get(key) ?? []), at])
    else {
      const began = open.get(key)?.shift()
      if (began !== undefined) events.push({ device, action, ms: at - began })
    }
  }
  return events
}

const unit = 'lab-udev-monitor.service'
const log = '/run/lab-udev-monitor.log'

/** Watches block events until the returned function is called, which gives what was seen. */
export const watchUdev = async (machine: Machine): Promise<() => Promise<UdevEvent[]>> => {
  // A scenario that failed left its watch running.
  await machine.exec(['systemctl', 'stop', unit])
  await machine.exec([
    ...['systemd-run', `--unit=${unit}`, '--collect', '-p', `StandardOutput=truncate:${log}`],
    ...['udevadm', 'monitor', '--kernel', '--udev', '--subsystem-match=block'],
  ])
  return async () => {
    // Stopped by SIGTERM it writes out what it still holds.
    await machine.exec(['systemctl', 'stop', unit])
    return pairEvents((await machine.pull(log)).toString())
  }
}
