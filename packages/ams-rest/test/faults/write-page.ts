/** Writes docs/fault-matrix.md anew. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultMatrixPage } from './page';

writeFileSync(join(__dirname, '../../../../docs/fault-matrix.md'), faultMatrixPage());
