import './console/styles/index.css';
import './console/index.ts';
