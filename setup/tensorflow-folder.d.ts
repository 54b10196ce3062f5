/** Where `npm run setup:tensorflow` puts TensorFlow on this machine. */
export declare const tensorflowFolder: string;
export declare const tensorflowPackage: string;
export declare const tensorflowVersion: string;
