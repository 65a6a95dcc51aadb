"""nnU-Net's own predictor on the same scan, by the interpreter of an environment that has it.

    PEER_PYTHON benchmarks/localiser/peer.py SCAN.npy --threads 2

nnunetv2 brings torchvision, which ctbone's environment must not hold; nothing of ctbone is
imported here. Settings: 3 mm, its default U-Net of six stages, patches of 128 voxels, random
weights (their values do not change the time), three classes, mirroring off, as TotalSegmentator's
quick model runs. Preprocessing and export to the voxels of the scan are part of it; reading is
not.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

import numpy as np

#: Slice, row and column distance of the scan, millimetres.
SPACING_MM = (1.5, 0.78, 0.78)

PATCH = (128, 128, 128)


def architecture() -> dict[str, Any]:
    """Return the default U-Net of six stages."""
    return {
        "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
        "arch_kwargs": {
            "n_stages": 6,
            "features_per_stage": [32, 64, 128, 256, 320, 320],
            "conv_op": "torch.nn.modules.conv.Conv3d",
            "kernel_sizes": [[3, 3, 3]] * 6,
            "strides": [[1, 1, 1]] + [[2, 2, 2]] * 5,
            "n_conv_per_stage": [2] * 6,
            "n_conv_per_stage_decoder": [2] * 5,
            "conv_bias": True,
            "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
            "norm_op_kwargs": {"eps": 1e-05, "affine": True},
            "dropout_op": None,
            "dropout_op_kwargs": None,
            "nonlin": "torch.nn.LeakyReLU",
            "nonlin_kwargs": {"inplace": True},
        },
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }


def plans() -> dict[str, Any]:
    """Return plans of one configuration at 3 mm."""
    resampling = "resample_data_or_seg_to_shape"
    linear = {"is_seg": False, "order": 3, "order_z": 0, "force_separate_z": None}
    labels = {"is_seg": True, "order": 1, "order_z": 0, "force_separate_z": None}
    scores = {"is_seg": False, "order": 1, "order_z": 0, "force_separate_z": None}
    configuration = {
        "data_identifier": "speed",
        "preprocessor_name": "DefaultPreprocessor",
        "batch_size": 2,
        "patch_size": list(PATCH),
        "median_image_size_in_voxels": [225, 133, 133],
        "spacing": [3.0, 3.0, 3.0],
        "normalization_schemes": ["CTNormalization"],
        "use_mask_for_norm": [False],
        "resampling_fn_data": resampling,
        "resampling_fn_seg": resampling,
        "resampling_fn_probabilities": resampling,
        "resampling_fn_data_kwargs": linear,
        "resampling_fn_seg_kwargs": labels,
        "resampling_fn_probabilities_kwargs": scores,
        "batch_dice": True,
        "architecture": architecture(),
    }
    shown = {"max": 1500.0, "mean": 0.0, "median": 0.0, "min": -1024.0}
    shown |= {"percentile_00_5": -1000.0, "percentile_99_5": 1000.0, "std": 400.0}
    return {
        "dataset_name": "Dataset999_speed",
        "plans_name": "speed",
        "original_median_spacing_after_transp": [1.5, 0.78, 0.78],
        "original_median_shape_after_transp": [450, 512, 512],
        "image_reader_writer": "SimpleITKIO",
        "transpose_forward": [0, 1, 2],
        "transpose_backward": [0, 1, 2],
        "configurations": {"3d_fullres": configuration},
        "experiment_planner_used": "ExperimentPlanner",
        "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {"0": shown},
    }


def predictor() -> Any:  # noqa: ANN401 - its package has no types
    """Return a predictor with random weights on the processor."""
    import torch
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
    from nnunetv2.utilities.get_network_from_plans import get_network_from_plans
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    torch.manual_seed(0)
    made = nnUNetPredictor(
        tile_step_size=0.5,
        use_gaussian=True,
        use_mirroring=False,
        perform_everything_on_device=False,
        device=torch.device("cpu"),
        verbose=False,
        allow_tqdm=False,
    )
    found = architecture()
    network = get_network_from_plans(
        found["network_class_name"],
        found["arch_kwargs"],
        found["_kw_requires_import"],
        1,
        3,
        deep_supervision=False,
    )
    manager = PlansManager(plans())
    dataset = {
        "channel_names": {"0": "CT"},
        "labels": {"background": 0, "body": 1, "arch": 2},
        "file_ending": ".nii.gz",
        "numTraining": 1,
    }
    made.manual_initialization(
        network,
        manager,
        manager.get_configuration("3d_fullres"),
        [network.state_dict()],
        dataset,
        "nnUNetTrainer",
        None,
    )
    return made


def main() -> None:
    """Run as the module docstring says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("scan")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    import torch

    torch.set_num_threads(options.threads)
    made = predictor()
    image = np.load(options.scan)[None].astype(np.float32)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    made.predict_single_npy_array(image, {"spacing": list(SPACING_MM)}, None, None, False)  # noqa: FBT003
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"wall_s": wall, "median_s": None, "cpu_s": cpu, "peak_mb": peak / 1024.0}))


if __name__ == "__main__":
    main()
