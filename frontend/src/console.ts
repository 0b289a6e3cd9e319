import './styles/console.css';
import './console/index.ts';
