// The console tool, run as `node ams …` in this folder. Node finds `ams.js` by that name on every system, and nothing is
// looked up in a registry: the package that is named `ams` there is somebody else's.
require('./packages/test-client/bin/ams.js');
