/** Copies a blob to a file. Arguments: the blob's URL, a path. */
import { downloadToFile } from 'ams-rest/storage';
import { undiciTransport } from 'ams-rest';

const [url = '', path = ''] = process.argv.slice(2);
const transport = undiciTransport();
await downloadToFile(transport, url, path);
await transport.close();
