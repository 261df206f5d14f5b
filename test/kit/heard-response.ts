import type {
  ApiCall,
  ApiConnection,
  ApiRequest,
  ApiResponse,
  ApiResponseListener,
} from '../../src/cluster/api-server/api-connection.ts';
import { until } from './until.ts';

/** A listener that remembers all it hears of a request to the API server. */
export class HeardResponse implements ApiResponseListener {
  /** The calls in their order: `responded`, `received`, `ended`. */
  readonly calls: string[] = [];
  response: ApiResponse | undefined;
  text = '';
  bytes = 0;
  error: Error | undefined;
  request: ApiRequest | undefined;

  responded(response: ApiResponse): void {
    this.calls.push('responded');
    this.response = response;
  }

  received(bytes: Uint8Array): void {
    this.calls.push('received');
    this.bytes += bytes.length;
    if (this.bytes < 10_000) this.text += Buffer.from(bytes).toString();
  }

  ended(error: Error | undefined): void {
    this.calls.push('ended');
    this.error = error;
  }

  get over(): boolean {
    return this.calls.includes('ended');
  }
}

/** Starts a request. */
export function startGet(connection: ApiConnection, path: string): HeardResponse {
  const heard = new HeardResponse();
  heard.request = connection.get(path, heard);
  return heard;
}

/** Makes a request in JSON; resolves when it has ended, with an error or without. */
export async function sendWhole(connection: ApiConnection, call: ApiCall): Promise<HeardResponse> {
  const heard = new HeardResponse();
  heard.request = connection.send(call, heard);
  await until(() => heard.over);
  return heard;
}

/** Makes a request; resolves when it has ended, with an error or without. */
export async function getWhole(connection: ApiConnection, path: string): Promise<HeardResponse> {
  const heard = startGet(connection, path);
  await until(() => heard.over);
  return heard;
}
