"""Figures of backpropagation: the network of two layers with its values and gradients."""

TEXT = {
    "backprop.forward": "Прямий прохід: значення",
    "backprop.backward": "Зворотний прохід: градієнти",
    "backprop.x": "x",
    "backprop.h": "h",
    "backprop.y": "ŷ",
    "backprop.loss": "L",
    "backprop.forward_h": "z = {z}\nh = {a}",
    "backprop.forward_y": "z = {z}\nŷ = {a}",
    "backprop.backward_h": "dh = {a}\ndz = {z}",
    "backprop.backward_y": "dŷ = {a}\ndz = {z}",
    "backprop.alt": (
        "Мережа {sizes} двічі. Угорі прямий прохід, сині суцільні стрілки зліва направо: вхід x = {x}, "
        "прихований шар h = {hidden}, прогноз ŷ = {y}, втрата L = {loss}. "
        "Унизу зворотний прохід, помаранчеві пунктирні стрілки справа наліво: dz2 = {dz2}, dz1 = {dz1}, "
        "градієнти ваг на стрілках: dW1 = {dW1}, dW2 = {dW2}."
    ),
    "backprop.moving_weight.alt": "Вага від x₁ до h₁ дорівнює {w}. {network}",
    "control.moving_weight.w": "Вага від x₁ до h₁",
    "control.moving_weight.w.value": "вага {value}",
}
