// One virtual machine: QEMU with plain emulation (TCG), a throw-away layer over the image, the agent's line.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { bootAgainAfterPanic, consoleEnd } from './early-panic.ts'
import { LabError } from './host.ts'
import type { Image } from './images.ts'
import { type Link, openLink } from './link.ts'
import { patient } from './patience.ts'
import { openQmp, type Qmp } from './qmp.ts'

export interface Ran {
  code: number
  stdout: string
  stderr: string
  timedOut: boolean
}

export interface ExecOptions {
  user?: string
  stdin?: string | Buffer
  env?: Record<string, string>
  /** ms, 60 000 unless told. */
  timeoutMs?: number
}

export interface Machine {
  readonly image: Image
  /** Unix socket of the serial console (ttyS0, root is logged in). */
  readonly consoleSocket: string
  /** Waits until the agent answers. */
  ready(timeoutMs?: number): Promise<void>
  /** Runs a program to its end; any exit status is an answer. Rejects with LabError when the guest does not answer. */
  exec(argv: string[], options?: ExecOptions): Promise<Ran>
  push(file: string, data: Buffer, mode?: number): Promise<void>
  pull(file: string): Promise<Buffer>
  /** Resolves when the agent has started once more after a reboot. */
  rebooted(timeoutMs?: number): Promise<void>
  qmp: Qmp
  /** Cuts the power: QEMU is killed, nothing is flushed. */
  kill(): Promise<void>
  /** Orderly power-off; kills after `timeoutMs`. */
  shutdown(timeoutMs?: number): Promise<void>
}

export interface Start {
  image: Image
  /** Writable qcow2 layer. */
  disk: string
  /** Raw file with the product (product.ts). */
  product: string
  /** Gets everything the console says. */
  consoleLog: string
  /** State of a machine that was running, to go on from, instead of booting (warm.ts). */
  resume?: string
  cores?: number
  memoryMiB?: number
}

/** A new writable layer over a read-only disk image. */
export const makeLayer = async (
  below: { file: string; format: 'raw' | 'qcow2' },
  layer: string,
): Promise<void> => {
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', below.file, '-F', below.format, layer])
}

const kernelLine = [
  ...['console=ttyS0,115200', 'quiet', 'loglevel=4', 'net.ifnames=0', 'root=/dev/vda', 'rw'],
  // Emulated processors are slow: leave out what protects and watches real ones.
  // The same program at the same address each time: what QEMU has translated of Node once is used again, which makes a hook of
  // two seconds out of one of twenty.
  'norandmaps',
  ...['mitigations=off', 'nokaslr', 'audit=0', 'apparmor=0', 'selinux=0', 'tsc=reliable', 'nowatchdog'],
  ...[
    'systemd.show_status=0',
    'systemd.default_timeout_start_sec=180s',
    'systemd.getty_auto=no',
    'random.trust_cpu=on',
  ],
].join(' ')

const argvOf = (start: Start, run: string): string[] => [
  ...['-nodefaults', '-no-user-config', '-display', 'none'],
  ...['-M', 'pc', '-accel', 'tcg,thread=multi,tb-size=1024', '-cpu', 'Westmere'],
  ...['-smp', String(start.cores ?? 2), '-m', String(start.memoryMiB ?? 1024)],
  ...['-kernel', start.image.kernel, '-initrd', start.image.initrd, '-append', kernelLine],
  ...['-drive', `if=none,id=root,format=qcow2,cache=unsafe,file=${start.disk}`],
  ...['-device', 'virtio-blk-pci,drive=root,serial=root'],
  ...['-drive', `if=none,id=product,format=raw,readonly=on,file=${start.product}`],
  ...['-device', 'virtio-blk-pci,drive=product,serial=product'],
  ...['-netdev', 'user,id=net0', '-device', 'virtio-net-pci,netdev=net0,romfile='],
  ...['-device', 'virtio-rng-pci', '-device', 'virtio-serial-pci'],
  ...['-chardev', `socket,id=agent,path=${run}/agent,server=on,wait=off`],
  ...['-device', 'virtserialport,chardev=agent,name=org.pktw.lab'],
  ...['-chardev', `socket,id=console,path=${run}/console,server=on,wait=off,logfile=${start.consoleLog}`],
  ...['-serial', 'chardev:console'],
  ...['-qmp', `unix:${run}/qmp,server=on,wait=off`],
  ...(start.resume ? ['-incoming', `unix:${run}/state`] : []),
]

/** Stands for what the machine is made of: a kept state fits only the very same one. */
export const machineHash = (): string => {
  const nothing = {
    suite: 'sid',
    name: '',
    folder: '',
    disk: '',
    kernel: '',
    initrd: '',
    release: '',
  } as const
  const argv = argvOf({ image: nothing, disk: '', product: '', consoleLog: '' }, '')
  return createHash('sha256').update(JSON.stringify(argv)).digest('hex').slice(0, 8)
}

/** Connects as soon as QEMU has made its sockets. */
const connected = async <T>(open: () => Promise<T>, exited: Promise<string>): Promise<T> => {
  for (let tries = 0; ; tries++) {
    try {
      return await open()
    } catch (error) {
      if (tries > 200) throw error
      const gone = await Promise.race([exited, delay(50, undefined)])
      if (gone !== undefined) throw new LabError(`QEMU ended at once: ${gone}`)
    }
  }
}

const connectTo = async (socketPath: string): Promise<Socket> => {
  const socket = createConnection(socketPath)
  await once(socket, 'connect')
  return socket
}

/** Starts a machine; does not wait for the guest (see `ready`). */
export const startMachine = async (start: Start): Promise<Machine> => {
  const run = await mkdtemp(path.join(os.tmpdir(), 'pktw-lab-'))
  const child = execa('qemu-system-x86_64', argvOf(start, run), { reject: false, all: true, stdin: 'ignore' })
  const exited = child.then((result) => String(result.all ?? '').trim())
  const qmp = await connected(() => openQmp(`${run}/qmp`), exited)
  const link: Link = await connected(() => openLink(`${run}/agent`), exited)
  if (start.resume) {
    const socket = await connected(() => connectTo(`${run}/state`), exited)
    await pipeline(createReadStream(start.resume), socket)
    // It was saved while stopped. Told during the transfer, QEMU goes on as soon as that is over.
    await qmp.execute('cont')
  }
  const gone = async (): Promise<void> => {
    await exited
    link.close()
    qmp.close()
    await rm(run, { recursive: true, force: true })
  }
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone()
  }
  const machine: Machine = {
    image: start.image,
    consoleSocket: `${run}/console`,
    qmp,
    ready: async (timeoutMs = 300_000) => {
      await link.ask({ do: 'hello' }, patient(timeoutMs))
    },
    exec: async (argv, options = {}) => {
      const timeoutMs = patient(options.timeoutMs ?? 60_000)
      const answer = await link.ask(
        {
          do: 'exec',
          argv,
          timeoutMs,
          ...(options.user ? { user: options.user } : {}),
          ...(options.env ? { env: options.env } : {}),
          ...(options.stdin !== undefined ? { stdin: Buffer.from(options.stdin).toString('base64') } : {}),
        },
        timeoutMs + 15_000,
      )
      return {
        code: answer.code ?? -1,
        stdout: Buffer.from(answer.stdout ?? '', 'base64').toString(),
        stderr: Buffer.from(answer.stderr ?? '', 'base64').toString(),
        timedOut: answer.timedOut ?? false,
      }
    },
    push: async (file, data, mode = 0o644) => {
      await link.ask({ do: 'push', path: file, data: data.toString('base64'), mode }, 60_000)
    },
    pull: async (file) => {
      const answer = await link.ask({ do: 'pull', path: file }, 60_000)
      return Buffer.from(answer.data ?? '', 'base64')
    },
    rebooted: async (timeoutMs = 300_000) => {
      const up = new AbortController()
      const hello = link.nextHello(patient(timeoutMs))
      const from = await consoleEnd(start.consoleLog)
      const reset = () => qmp.execute('system_reset')
      const watch = bootAgainAfterPanic(start.consoleLog, from, reset, up.signal)
      await hello.finally(() => up.abort())
      await watch
    },
    kill,
    shutdown: async (timeoutMs = 60_000) => {
      await machine.exec(['systemctl', 'poweroff', '--no-block'], { timeoutMs: 10_000 }).catch(() => {})
      const timer = setTimeout(() => child.kill('SIGKILL'), patient(timeoutMs))
      await gone()
      clearTimeout(timer)
    },
  }
  return machine
}
