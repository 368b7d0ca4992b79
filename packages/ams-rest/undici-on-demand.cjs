/**
 * What of undici the library uses, loaded when it is first used.
 *
 * The two files are not part of undici's public interface: where a version has no such files, or does not let them be
 * required, the whole package is loaded instead, which differs in nothing but time.
 */
let loaded;

function load() {
  try {
    const Pool = require('undici/lib/dispatcher/pool.js');
    const buildConnector = require('undici/lib/core/connect.js');
    if (typeof Pool === 'function' && typeof buildConnector === 'function') return { Pool, buildConnector };
  } catch {
    // There are no such files.
  }
  return require('undici');
}

module.exports = {
  get Pool() {
    return (loaded ??= load()).Pool;
  },
  get buildConnector() {
    return (loaded ??= load()).buildConnector;
  },
};
