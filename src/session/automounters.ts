// Automounters told to wait while a disc is prepared. GNOME, MATE and Cinnamon count inhibitors and drop those of who leaves
// the bus; KDE's module has to be taken out and put back, and a file remembers that in case we die.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Bus, BusError, type Target } from './bus.ts'

/** "Inhibit auto-mounting removable media for the session". */
const inhibitAutomount = 16

const manager: Target = {
  destination: 'org.gnome.SessionManager',
  path: '/org/gnome/SessionManager',
  interface: 'org.gnome.SessionManager',
}

const kdeDaemons = ['org.kde.kded6', 'org.kde.kded5'] as const
const kdeModule = 'device_automounter'
const kde = (name: string): Target => ({ destination: name, path: '/kded', interface: name })

export class Automounters {
  readonly #bus: Bus
  readonly #record: string
  #cookie: number | undefined
  #held = false

  /** `runtimeDir`: the user's own, $XDG_RUNTIME_DIR. */
  constructor(bus: Bus, runtimeDir: string) {
    this.#bus = bus
    this.#record = path.join(runtimeDir, 'pktw-session', 'kded')
  }

  /** Has all wait that are there; none is started for it. */
  async hold(reason: string): Promise<void> {
    if (this.#held) return
    this.#held = true
    if (await this.#bus.hasOwner(manager.destination)) {
      const [cookie] = await this.#bus
        .call(manager, 'Inhibit', 'susu', ['pktw-session', 0, reason, inhibitAutomount])
        .catch(ignored)
      if (typeof cookie === 'number') this.#cookie = cookie
    }
    for (const name of kdeDaemons) if (await this.#bus.hasOwner(name)) await this.#unload(name)
  }

  /** Gives back what hold took. */
  async release(): Promise<void> {
    if (!this.#held) return
    this.#held = false
    if (this.#cookie !== undefined)
      await this.#bus.call(manager, 'Uninhibit', 'u', [this.#cookie]).catch(ignored)
    this.#cookie = undefined
    await this.restore()
  }

  /** Puts KDE's module back if one of us took it out, this process or one that died. */
  async restore(): Promise<void> {
    const name = (await readFile(this.#record, 'utf8').catch(() => '')).trim()
    if (!kdeDaemons.some((known) => known === name)) return
    // Without that daemon there is nothing to put back into; it loads its modules when it starts.
    if (await this.#bus.hasOwner(name))
      await this.#bus.call(kde(name), 'loadModule', 's', [kdeModule]).catch(ignored)
    await rm(this.#record, { force: true })
  }

  async #unload(name: string): Promise<void> {
    const [loaded] = await this.#bus.call(kde(name), 'loadedModules').catch(ignored)
    if (!Array.isArray(loaded) || !loaded.includes(kdeModule)) return
    // Before it is out: who dies between the two has it loaded once more, which does nothing.
    await mkdir(path.dirname(this.#record), { recursive: true, mode: 0o700 })
    await writeFile(this.#record, `${name}\n`, { mode: 0o600 })
    await this.#bus.call(kde(name), 'unloadModule', 's', [kdeModule]).catch(ignored)
  }
}

/** A desktop that refuses or has gone is not ours to mend. */
function ignored(error: unknown): unknown[] {
  if (error instanceof BusError) return []
  throw error
}
