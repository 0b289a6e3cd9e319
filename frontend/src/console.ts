import './console/index.ts';
