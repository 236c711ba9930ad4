// Notifications as the desktop shows them (Desktop Notifications Specification 1.2): one a drive, replaced as things go on, and beside it
// those that are apart, which stay until the user closes them.
import { Variant } from '../bus/connection.ts'
import type { Bus, Target } from './bus.ts'
import type { Notice } from './notices.ts'

const server: Target = {
  destination: 'org.freedesktop.Notifications',
  path: '/org/freedesktop/Notifications',
  interface: 'org.freedesktop.Notifications',
}

const levels = { low: 0, normal: 1, critical: 2 } as const
/** Why a notification was closed: by the user. */
const dismissed = 2

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

export interface NotifierOptions {
  /** A button was pressed. */
  onAction(drive: string, action: string): void
  /** The user closed it. */
  onDismissed(drive: string): void
}

export class Notifier {
  readonly #bus: Bus
  /** The server's numbers of what is shown. */
  readonly #numbers = new Map<string, number>()
  #capabilities: Promise<string[]> | undefined

  private constructor(bus: Bus) {
    this.#bus = bus
  }

  static async open(bus: Bus, options: NotifierOptions): Promise<Notifier> {
    const notifier = new Notifier(bus)
    await bus.listen(server.interface, 'ActionInvoked', ([number, action]) => {
      const drive = notifier.#driveOf(number)
      if (drive !== undefined && typeof action === 'string') options.onAction(drive, action)
    })
    await bus.listen(server.interface, 'NotificationClosed', ([number, why]) => {
      const drive = notifier.#driveOf(number)
      if (drive === undefined) return
      notifier.#numbers.delete(drive)
      if (why === dismissed) options.onDismissed(drive)
    })
    return notifier
  }

  /**
   * Shows it in the place of what is shown of the drive, unless it is apart. A desktop without notifications is none of our business. True
   * when it was shown.
   */
  async show(drive: string, notice: Notice): Promise<true | undefined> {
    try {
      const can = await this.#can()
      const text = (plain: string): string =>
        can.includes('body-markup') ? plain.replace(/[&<>]/g, (c) => escapes[c] ?? c) : plain
      const actions = can.includes('actions') ? Object.entries(notice.actions ?? {}).flat() : []
      const hints: Record<string, Variant> = {
        urgency: new Variant('y', levels[notice.urgency]),
        category: new Variant('s', 'device'),
        'desktop-entry': new Variant('s', 'pktw-session'),
        // No capability announces it; servers that draw no bar ignore it.
        ...(notice.progress === undefined ? {} : { value: new Variant('i', notice.progress) }),
      }
      // What goes on is not to vanish while it does.
      const stays = notice.kind === 'writing' || notice.kind === 'preparing' || notice.apart === true
      const expires = stays ? 0 : -1
      const replaces = notice.apart === true ? 0 : (this.#numbers.get(drive) ?? 0)
      const [number] = await this.#bus.call(server, 'Notify', 'susssasa{sv}i', [
        ...['pktw', replaces, notice.icon, notice.summary, text(notice.body)],
        ...[actions, hints, expires],
      ])
      if (typeof number === 'number' && notice.apart !== true) this.#numbers.set(drive, number)
      return true
    } catch {
      // Another server may come: it is asked again what it can.
      this.#capabilities = undefined
      return undefined
    }
  }

  async close(drive: string): Promise<void> {
    const number = this.#numbers.get(drive)
    if (number === undefined) return
    this.#numbers.delete(drive)
    await this.#bus.call(server, 'CloseNotification', 'u', [number]).catch(() => undefined)
  }

  async closeAll(): Promise<void> {
    for (const drive of [...this.#numbers.keys()]) await this.close(drive)
  }

  #driveOf(number: unknown): string | undefined {
    return [...this.#numbers].find(([, shown]) => shown === number)?.[0]
  }

  #can(): Promise<string[]> {
    this.#capabilities ??= this.#bus
      .call(server, 'GetCapabilities')
      .then(([list]) => (Array.isArray(list) ? list.filter((c) => typeof c === 'string') : []))
    return this.#capabilities
  }
}
