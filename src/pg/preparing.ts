// Says to a new connection what it shall keep parsed; it reads no rows and runs nothing.
import type { DriverConnection, DriverStatement } from './driver.ts';
import { preparingBytes } from './pipeline.ts';

/** A statement for node-postgres that makes the connection keep our own commands (`preparedFrame`). */
export class Preparing implements DriverStatement {
  /** Resolves once all are kept; rejects with what node-postgres or Postgres reports. */
  readonly finished: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor() {
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  submit(connection: DriverConnection): undefined {
    connection.stream.write(preparingBytes());
  }

  handleReadyForQuery(): void {
    this.#resolve();
  }

  handleError(error: Error): void {
    this.#reject(error);
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
  handleCommandComplete(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}
