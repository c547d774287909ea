// The memory that sockets are read into. All connections share it, since what a read brings is looked at before the next one. In front
// of it there is room for what the previous read of that connection left unfinished, so that a message is always in one piece.

/** The largest WebSocket message that can be read, in bytes. */
export const MESSAGE_BYTES_MAX = 1_048_576;

/** Where each read begins. */
export const READ_AT: number = MESSAGE_BYTES_MAX + 16;

/** What one read takes at most: large, since each read costs a call into the system. */
const READ_BYTES = 1_048_576;

/** Memory for reads, and a view of it. */
export class Lane {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** What the socket reads into. */
  readonly target: Buffer;
  /** When the read that is being looked at came. */
  now = 0;

  constructor(readBytes: number = READ_BYTES) {
    this.bytes = Buffer.alloc(READ_AT + readBytes);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    this.target = this.bytes.subarray(READ_AT);
  }
}
