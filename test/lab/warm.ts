// A machine that has booted, kept as a file: the next run goes on from there instead of booting for the better part of
// a minute. Cold boots stay possible for what is about booting.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { LabError } from './host.ts'
import type { Image } from './images.ts'
import { makeProductDisk } from './product.ts'
import { type Machine, machineHash, makeLayer, startMachine } from './qemu.ts'

interface MigrationStatus {
  status?: string
  'error-desc'?: string
}

export interface Ready {
  machine: Machine
  /** ms from QEMU's start until the agent answered and the system had come up. */
  bootMs: number
  /** True when it booted from the kernel up in this run. */
  cold: boolean
}

export interface Files {
  /** Folder for this run's layer and product disk; emptied by the caller. */
  run: string
  /** Folder that holds dist/. */
  product: string
  consoleLog: string
  /** 1024 unless told. */
  memoryMiB?: number
}

/** Boots from the kernel up and waits until every start job is done. */
export const bootCold = async (image: Image, files: Files): Promise<Ready> => {
  const began = performance.now()
  const disk = path.join(files.run, 'disk.qcow2')
  const product = path.join(files.run, 'product.img')
  await makeProductDisk(files.product, image.suite, product)
  await makeLayer({ file: image.disk, format: 'raw' }, disk)
  const { consoleLog, memoryMiB } = files
  const memory = memoryMiB === undefined ? {} : { memoryMiB }
  const machine = await startMachine({ image, disk, product, consoleLog, ...memory })
  await settled(machine, consoleLog)
  return { machine, bootMs: performance.now() - began, cold: true }
}

/** Waits for the agent and then for the end of the start; on failure says what the console had to say. */
const settled = async (machine: Machine, consoleLog: string): Promise<void> => {
  try {
    await machine.ready()
    await machine.exec(['systemctl', 'is-system-running', '--wait'], { timeoutMs: 180_000 })
  } catch (error) {
    const tail = (await readFile(consoleLog, 'utf8').catch(() => '')).slice(-2000)
    await machine.kill()
    throw new LabError(`the guest did not come up: ${(error as Error).message}\n${tail}`)
  }
}

/** Goes on from the kept state of this image, making it first (one cold boot) when there is none. */
export const bootWarm = async (image: Image, files: Files, say: (line: string) => void): Promise<Ready> => {
  const folder = path.join(image.folder, `warm-${await qemuVersion()}-${machineHash()}`)
  if (!(await stat(path.join(folder, 'memory')).catch(() => undefined))) {
    say(`${image.name}: booting once from cold and keeping that state for later runs`)
    await keepState(image, files, folder)
  }
  const began = performance.now()
  const disk = path.join(files.run, 'disk.qcow2')
  const product = path.join(files.run, 'product.img')
  await makeProductDisk(files.product, image.suite, product)
  await makeLayer({ file: path.join(folder, 'disk.qcow2'), format: 'qcow2' }, disk)
  const resume = path.join(folder, 'memory')
  const machine = await startMachine({ image, disk, product, consoleLog: files.consoleLog, resume })
  await settled(machine, files.consoleLog)
  // The clock stood still; the product disk is another one.
  await machine.exec(['date', '--set', `@${Math.floor(Date.now() / 1000)}`])
  await refreshProduct(machine)
  return { machine, bootMs: performance.now() - began, cold: false }
}

/** Has the guest unpack the product disk again. Rejects with LabError when it cannot. */
export const refreshProduct = async (machine: Machine): Promise<void> => {
  const unpacked = await machine.exec(['/usr/local/lib/pktw-lab/product'])
  if (unpacked.code !== 0) throw new LabError(`the guest cannot unpack the product: ${unpacked.stderr}`)
}

const qemuVersion = async (): Promise<string> =>
  /version (\S+)/.exec((await execa('qemu-system-x86_64', ['--version'])).stdout)?.[1] ?? 'unknown'

const keepState = async (image: Image, files: Files, folder: string): Promise<void> => {
  const work = `${folder}.${process.pid}`
  await mkdir(work, { recursive: true })
  try {
    const { machine } = await bootCold(image, { ...files, run: work })
    await machine.exec(['sync'])
    await machine.qmp.execute('stop')
    // The default limit (32 MiB/s in older releases) is meant for networks.
    await machine.qmp.execute('migrate-set-parameters', { 'max-bandwidth': 2 ** 40 })
    const socketPath = path.join(path.dirname(machine.consoleSocket), 'save')
    const server = createServer((socket) => {
      saved = pipeline(socket, createWriteStream(path.join(work, 'memory')))
    })
    let saved: Promise<void> | undefined
    server.listen(socketPath)
    await once(server, 'listening')
    await machine.qmp.execute('migrate', { uri: `unix:${socketPath}` })
    for (;;) {
      const now = (await machine.qmp.execute('query-migrate')) as MigrationStatus
      if (now.status === 'completed') break
      if (now.status === 'failed' || now.status === 'cancelled') {
        throw new LabError(`QEMU could not save the machine: ${now['error-desc'] ?? now.status}`)
      }
      await delay(100)
    }
    await saved
    server.close()
    await machine.kill()
    await rm(path.join(work, 'product.img'))
    await rm(folder, { recursive: true, force: true })
    await rename(work, folder)
  } catch (error) {
    await rm(work, { recursive: true, force: true })
    throw error
  }
}
